/** The version of all files of a data directory (docs/formats.md), for both twins of the store. */
export const FORMAT = 2;
