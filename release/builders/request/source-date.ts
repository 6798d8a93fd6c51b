/** The moment that a build is dated, instead of the one it happens at. */

/** Seconds since the epoch, as SOURCE_DATE_EPOCH has them. */
export function sourceDateSeconds(createdAt: number): string {
  return String(Math.floor(createdAt / 1000));
}

/** The variable for whoever heeds it, or none. */
export function sourceDateEnv(createdAt: number | undefined): Readonly<Record<string, string>> {
  return createdAt === undefined ? {} : { SOURCE_DATE_EPOCH: sourceDateSeconds(createdAt) };
}
