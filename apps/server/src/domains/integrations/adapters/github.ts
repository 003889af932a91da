import type { ChangeLink, ToldChange } from '#changes';
import { parseRfc3339 } from '#platform/clock';
import { fieldOf, isObject } from '../json-object.ts';

/** What a delivery of GitHub's webhooks says: a change, or why it is none. */
export type ReadGithub =
  | { readonly kind: 'change'; readonly change: ToldChange }
  | { readonly kind: 'pong' }
  | { readonly kind: 'ignored'; readonly why: string };

type Fields = Readonly<Record<string, unknown>>;

/** A delivery: the event's name and its id from the headers, its body read. */
export interface GithubDelivery {
  readonly event: string;
  readonly delivery: string;
  readonly payload: Fields;
}

/**
 * Reads a delivery (wire-formats.md section 12). A change is named by what it is about, so that a redelivery and a later
 * state of a deployment are the same change; where the body names nothing, by the delivery itself.
 */
export function readGithub({ event, delivery, payload }: GithubDelivery): ReadGithub {
  if (event === 'ping') return { kind: 'pong' };
  const action = fieldOf(payload, 'action');
  const repository = part(payload, 'repository');
  const repo = fieldOf(repository, 'full_name') ?? fieldOf(repository, 'name') ?? 'a repository';
  const context = { payload, action, repo, service: fieldOf(repository, 'name') };
  const read = READERS[event];
  const told = read === undefined ? null : read(context);
  if (told === null) return { kind: 'ignored', why: action === null ? event : `${event} ${action}` };
  const { id, ...change } = told;
  const sourceId = id === null ? ['github', 'delivery', delivery] : ['github', ...id];
  return { kind: 'change', change: { service: context.service, ...change, sourceId: JSON.stringify(sourceId) } };
}

interface Context {
  readonly payload: Fields;
  readonly action: string | null;
  readonly repo: string;
  readonly service: string | null;
}

/** A change with what names it; null: only its delivery does. */
type Told = Omit<ToldChange, 'sourceId'> & { readonly id: readonly (string | null)[] | null };

const READERS: Readonly<Record<string, (context: Context) => Told | null>> = Object.assign(Object.create(null), {
  deployment: deployment,
  deployment_status: deployment,
  push,
  release,
  workflow_run: workflowRun,
  pull_request: pullRequest,
});

function deployment({ payload, repo, service }: Context): Told {
  const made = part(payload, 'deployment');
  const state = part(payload, 'deployment_status');
  const environment = fieldOf(state, 'environment') ?? fieldOf(made, 'environment');
  const number = fieldOf(made, 'id');
  const ref = fieldOf(made, 'ref') ?? fieldOf(made, 'sha')?.slice(0, 12) ?? 'something';
  const description = fieldOf(state, 'description') ?? fieldOf(made, 'description');
  const status = fieldOf(state, 'state') ?? 'created';
  return {
    id: number === null ? null : ['deployment', repo, number],
    kind: 'deploy',
    summary: `Deploy ${ref} of ${repo}${environment === null ? '' : ` to ${environment}`}`,
    service: fieldOf(part(made, 'payload'), 'service') ?? service,
    environment,
    author: fieldOf(part(made, 'creator'), 'login'),
    deployId: number,
    revision: fieldOf(made, 'sha'),
    status,
    links: [
      ...linkTo(fieldOf(state, 'log_url') ?? fieldOf(state, 'target_url'), 'Log'),
      ...linkTo(fieldOf(state, 'environment_url'), environment),
    ],
    details: description === null ? {} : { description },
    atMs: momentOf(made, 'created_at'),
    statusAtMs: stateMoment(momentOf(state, 'updated_at', 'created_at') ?? momentOf(made, 'created_at'), status),
  };
}

/** The states of a deployment in their order. */
const STATES = ['created', 'queued', 'pending', 'waiting', 'in_progress', 'success', 'failure', 'error', 'inactive'];

/** GitHub counts whole seconds: of two states of one second the later in order stands, whichever is delivered last. */
function stateMoment(atMs: number | null, status: string): number | null {
  return atMs === null ? null : atMs + Math.max(0, STATES.indexOf(status));
}

/** Only what moves a branch or tag to commits; a deleted one has none. */
function push({ payload, repo }: Context): Told | null {
  const revision = fieldOf(payload, 'after');
  if (revision === null || /^0+$/.test(revision)) return null;
  const ref = fieldOf(payload, 'ref') ?? '';
  const branch = ref.replace(/^refs\/(heads|tags)\//, '');
  const message = fieldOf(part(payload, 'head_commit'), 'message')?.split('\n')[0];
  return {
    id: ['push', repo, ref, revision],
    kind: 'code',
    summary: `Push to ${branch} of ${repo}${message ? `: ${message}` : ''}`,
    author: fieldOf(part(payload, 'pusher'), 'name') ?? fieldOf(part(payload, 'sender'), 'login'),
    revision,
    links: linkTo(fieldOf(payload, 'compare'), 'Compare'),
  };
}

function release({ payload, action, repo }: Context): Told | null {
  if (action !== 'published' && action !== 'released') return null;
  const made = part(payload, 'release');
  const tag = fieldOf(made, 'tag_name');
  return {
    id: idOf('release', repo, fieldOf(made, 'id')),
    kind: 'release',
    summary: `Release ${fieldOf(made, 'name') ?? tag ?? ''} of ${repo}`,
    author: fieldOf(part(made, 'author'), 'login'),
    revision: tag,
    links: linkTo(fieldOf(made, 'html_url'), 'Release'),
    atMs: momentOf(made, 'published_at'),
    statusAtMs: momentOf(made, 'published_at'),
  };
}

function workflowRun({ payload, action, repo }: Context): Told | null {
  if (action !== 'completed') return null;
  const run = part(payload, 'workflow_run');
  const number = fieldOf(run, 'id');
  return {
    id: number === null ? null : ['workflow_run', repo, number, fieldOf(run, 'run_attempt')],
    kind: 'pipeline',
    summary: `${fieldOf(run, 'name') ?? 'Workflow'} on ${fieldOf(run, 'head_branch') ?? '?'} of ${repo}`,
    author: fieldOf(part(run, 'actor'), 'login'),
    revision: fieldOf(run, 'head_sha'),
    status: fieldOf(run, 'conclusion'),
    links: linkTo(fieldOf(run, 'html_url'), 'Run'),
    atMs: momentOf(run, 'run_started_at', 'created_at'),
    statusAtMs: momentOf(run, 'updated_at'),
  };
}

function pullRequest({ payload, action, repo }: Context): Told | null {
  const pull = part(payload, 'pull_request');
  if (action !== 'closed' || pull['merged'] !== true) return null;
  const number = fieldOf(pull, 'number');
  return {
    id: idOf('pull_request', repo, fieldOf(pull, 'id') ?? number),
    kind: 'code',
    summary: `Merge #${number ?? '?'} into ${fieldOf(part(pull, 'base'), 'ref') ?? '?'} of ${repo}: ${fieldOf(pull, 'title') ?? ''}`,
    author: fieldOf(part(pull, 'merged_by'), 'login') ?? fieldOf(part(pull, 'user'), 'login'),
    revision: fieldOf(pull, 'merge_commit_sha'),
    links: linkTo(fieldOf(pull, 'html_url'), 'Pull request'),
    atMs: momentOf(pull, 'merged_at'),
    statusAtMs: momentOf(pull, 'merged_at'),
  };
}

const NOTHING: Fields = Object.create(null);

/** An own field that is an object; an empty one for anything else. */
function part(object: Fields, name: string): Fields {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return isObject(value) ? value : NOTHING;
}

function idOf(noun: string, repo: string, number: string | null): readonly string[] | null {
  return number === null ? null : [noun, repo, number];
}

function linkTo(href: string | null, text: string | null): readonly ChangeLink[] {
  return href === null ? [] : [{ href, text }];
}

function momentOf(object: Fields, ...names: readonly string[]): number | null {
  const text = names.map((name) => fieldOf(object, name)).find((found) => found !== null);
  return text === undefined || text === null ? null : parseRfc3339(text);
}
