/** Room for the manifests that are being pushed: each is in memory as a whole, so that all of them together are bounded. */
import type { RegistryLimits } from '../registry-limits.ts';

export interface ManifestRoom {
  /** A place for a manifest of the caller, which takes no room yet. Whoever enters leaves. */
  enter(caller: string): ManifestPlace;
}

export interface ManifestPlace {
  /** Takes room for so many bytes more; false when there is none. */
  take(bytes: number): boolean;
  /** Gives back what was taken. */
  leave(): void;
}

/** With nobody in it. */
export function openManifestRoom({
  manifestBytesPerCallerMax,
  manifestBytesMax,
}: Pick<RegistryLimits, 'manifestBytesPerCallerMax' | 'manifestBytesMax'>): ManifestRoom {
  const bytesByCaller = new Map<string, number>();
  let allBytes = 0;

  function change(caller: string, bytes: number): void {
    const ofCaller = (bytesByCaller.get(caller) ?? 0) + bytes;
    if (ofCaller === 0) bytesByCaller.delete(caller);
    else bytesByCaller.set(caller, ofCaller);
    allBytes += bytes;
  }

  return {
    enter(caller) {
      let taken = 0;
      return {
        take(bytes) {
          const ofCaller = (bytesByCaller.get(caller) ?? 0) + bytes;
          if (ofCaller > manifestBytesPerCallerMax || allBytes + bytes > manifestBytesMax) return false;
          change(caller, bytes);
          taken += bytes;
          return true;
        },
        leave() {
          change(caller, -taken);
          taken = 0;
        },
      };
    },
  };
}
