/** A module that TypeDoc must complain about (api-docs.test.ts). */
interface Hidden {
  readonly value: number;
}

export interface Nameless {
  readonly hidden: Hidden;
}
