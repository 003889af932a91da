import { spawnSync } from 'node:child_process';

/** Whether a test that needs this program is to be passed over: it is missing here, and this is not CI. */
export function isPassedOver(program: string): boolean {
  const missing = spawnSync(program, ['--version']).error !== undefined;
  return missing && process.env['CI'] === undefined;
}
