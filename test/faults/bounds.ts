/** The bounds that docs/lanes.md states for a write that lands late, as numbers. */

/** The first sweep that begins after such a write finds it, and it is gone before a third one begins. */
export const repairSweepsMax = 2;

/** How long one repair may take on a machine that does many other things, in milliseconds. */
const slowRepairMs = 10_000;

/** How often the lanes of a world are looked at, in milliseconds: short, so that a test need not wait. */
export const sweepEveryMsDefault = 500;

/** The bound where sweeps come faster than a slow machine repairs. */
export const strayRoundsMax = repairSweepsMax + slowRepairMs / sweepEveryMsDefault;
