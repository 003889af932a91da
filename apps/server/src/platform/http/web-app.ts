import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** First path parts that are never the web app's: an unknown address there is an error, not a screen. */
const NOT_THE_APP = new Set(['api', 'am', 'a', 'demo', 'healthz', 'readyz', 'metrics', '-']);

/**
 * Serves the built web app from memory (a few hundred kilobytes): its files by name, for ever where the name carries a
 * hash, and its page for every other address, since the app routes by itself.
 */
export function registerWebApp(folder: string): (app: FastifyInstance) => void {
  const files = new Map<string, { readonly body: Buffer; readonly type: string }>();
  if (existsSync(folder)) {
    for (const name of readdirSync(folder, { recursive: true }).map(String)) {
      const type = TYPES[extname(name)];
      if (type) files.set(`/${name.replaceAll('\\', '/')}`, { body: readFileSync(join(folder, name)), type });
    }
  }
  return (app) => {
    app.get('/*', { config: { permission: 'public' } }, (request, reply) => {
      const path = request.url.split('?', 1)[0] as string;
      const file = files.get(path);
      if (file) {
        const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
        return reply.header('content-type', file.type).header('cache-control', cache).send(file.body);
      }
      const page = files.get('/index.html');
      if (NOT_THE_APP.has(path.split('/')[1] ?? '') || path.includes('.') || !page) return reply.callNotFound();
      return reply.header('content-type', page.type).header('cache-control', 'no-cache').send(page.body);
    });
  };
}
