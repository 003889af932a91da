import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigInvalid, readConfig } from './config.ts';

const folder = join(import.meta.dirname, '../testdata/config');
const faultsOf = (read: () => unknown): readonly string[] => {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.faults;
    throw error;
  }
};

describe('the configuration', () => {
  it.each(readdirSync(folder).filter((name) => name.startsWith('good-')))('takes %s', (name) => {
    expect(Object.isFrozen(readConfig({ env: {}, file: join(folder, name) }))).toBe(true);
  });

  it('names every fault of a file at once', () => {
    const faults = faultsOf(() => readConfig({ env: {}, file: join(folder, 'bad-many.yml') }));
    expect(faults).toHaveLength(5);
    expect(faults.join('\n')).toMatch(/hots/);
    for (const name of ['port', 'smtpUrl', 'emergencyMailTo', 'roles'])
      expect(faults.some((fault) => fault.startsWith(name))).toBe(true);
  });

  it('checks fields against each other', () => {
    expect(faultsOf(() => readConfig({ env: {}, file: join(folder, 'bad-cross.yml') }))).toEqual([
      expect.stringMatching(/^publicUrl: /),
      expect.stringMatching(/^emergencyMailTo: needs smtpUrl/),
    ]);
  });

  it('reads the environment over the file and flags over both, and names them as they were written', () => {
    const env = {
      TOCSIN_PORT: '9000',
      DATABASE_URL: 'postgresql://db/tocsin',
      TOCSIN_EGRESS_ALLOW: '10.0.0.0/8, hooks.internal',
    };
    const config = readConfig({ env, file: join(folder, 'good-minimal.yml'), flags: { host: 'localhost' } });
    expect(config).toMatchObject({
      port: 9000,
      databaseUrl: 'postgresql://db/tocsin',
      host: 'localhost',
      egressAllow: ['10.0.0.0/8', 'hooks.internal'],
    });
    expect(faultsOf(() => readConfig({ env: { TOCSIN_PORT: 'many', TOCSIN_PROT: '1' } }))).toEqual([
      expect.stringMatching(/^TOCSIN_PROT: /),
      expect.stringMatching(/^TOCSIN_PORT: /),
    ]);
  });

  it('refuses an entry of egressAllow that would open something else than it says', () => {
    expect(faultsOf(() => readConfig({ env: { TOCSIN_EGRESS_ALLOW: '10.0.0.0/' } }))).toEqual([
      expect.stringMatching(/^TOCSIN_EGRESS_ALLOW: .*"10\.0\.0\.0\/"/),
    ]);
  });

  it('reads a secret from the file that its _FILE variable names', () => {
    expect(readConfig({ env: { TOCSIN_SMTP_URL_FILE: join(folder, 'smtp-url.secret') } }).smtpUrl).toBe(
      'smtp://mail.example',
    );
    expect(faultsOf(() => readConfig({ env: { TOCSIN_SMTP_URL_FILE: '/nowhere' } }))).toEqual([
      'TOCSIN_SMTP_URL_FILE: there is no file /nowhere',
    ]);
  });
});
