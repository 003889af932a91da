import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type EmergencyCopy, readCopy } from '../emergency-copy.ts';

const fileOf = (dataDir: string) => join(dataDir, 'emergency.json');

/** Writes the copy so that a crash leaves the old one or the new one, readable by the server's own user only. */
export async function writeEmergencyFile(dataDir: string, copy: EmergencyCopy): Promise<void> {
  const draft = `${fileOf(dataDir)}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    // A draft that was left behind may have been made with other rights.
    await file.chmod(0o600);
    await file.writeFile(`${JSON.stringify(copy, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, fileOf(dataDir));
}

/** Reads the copy; null when there is none or it cannot be read: a call for help goes out without it too. */
export async function readEmergencyFile(dataDir: string): Promise<EmergencyCopy | null> {
  try {
    return readCopy(await readFile(fileOf(dataDir), 'utf8'));
  } catch {
    return null;
  }
}
