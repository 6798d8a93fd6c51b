/** The gates that Redis alone can answer, asked again when the command's turn has come. */
import type { Command } from '../../core/command.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { ConflictError } from '../../errors/errors.ts';
import type { LaneState } from '../ledger/lane-state.ts';

/** @throws ConflictError DIGEST_QUARANTINED, or AUTOMATION_HELD for a command that nobody asked for. */
export function refuseQuarantined(command: Command, state: LaneState, lane: LaneKey): void {
  if (command.kind === 'rollback') return;
  if (state.quarantined.has(command.digest)) {
    throw new ConflictError({
      code: 'DIGEST_QUARANTINED',
      message: `${command.version ?? command.digest} was rolled back from in ${lane.environment} while the promotion waited`,
    });
  }
  if (command.automatic && state.hold !== undefined) {
    throw new ConflictError({
      code: 'AUTOMATION_HELD',
      message: `automation is held in ${lane.environment} by ${state.hold.by}: ${state.hold.reason}`,
    });
  }
}
