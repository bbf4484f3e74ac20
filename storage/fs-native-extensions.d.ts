/** The one function we use of a package that ships no types. */
declare module 'fs-native-extensions' {
  /** Exclusive lock on a whole file, per open file (OFD, flock, LockFileEx); false when taken. */
  export function tryLock(fd: number): boolean;
}
