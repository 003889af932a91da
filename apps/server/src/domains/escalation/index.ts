export { decideRun } from './decide-run.ts';
