/** What the build gives the page beside its sources (build/main.ts). */
declare module 'virtual:charts' {
  export const charts: unknown;
}
declare module 'virtual:charts.css';
declare module '*.css';
