#!/usr/bin/env node
import type { Io } from './io.ts';
import { patientFetch } from './patient-fetch.ts';
import { run } from './program.ts';

const io: Io = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  env: process.env,
  columns: process.stdout.isTTY ? process.stdout.columns : null,
  errIsTerminal: process.stderr.isTTY === true,
  zone: Temporal.Now.timeZoneId(),
  now: () => Temporal.Now.instant(),
  fetch: patientFetch,
};

// A reader that has seen enough (`tocsin pages | head`) closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), io);
