/** What the build gives the page beside its sources (build/main.ts). */
declare module 'virtual:charts' {
  import type { DrawnChart } from './model/charts.ts';
  export const charts: readonly DrawnChart[];
}
declare module 'virtual:charts.css';
declare module '*.css';
