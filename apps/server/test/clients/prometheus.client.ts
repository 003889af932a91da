import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isPassedOver } from './binaries.ts';
import { eventually } from './eventually.ts';
import { startMailServer } from './mail-server.ts';
import { acknowledgeBy, addResponder, pageFor, pageOf, replyLinkIn } from './paging.ts';
import { startChild, startTocsin } from './tocsin-process.ts';

const RULES = `
groups:
  - name: shop
    rules:
      - alert: CheckoutErrors
        expr: checkout_error_ratio > 0.01
        labels: { severity: critical, region: eu-north }
        annotations:
          summary: 'Checkout fails for {{ $value | humanizePercentage }}'
`;

describe.skipIf(isPassedOver('prometheus'))('a real Prometheus, told of us by nothing but our URL', () => {
  test('pages by mail, is acknowledged by the link in it, and resolves when its rule clears', async () => {
    const mail = await startMailServer();
    onTestFinished(() => mail.stop());
    const tocsin = await startTocsin({ TOCSIN_SMTP_URL: mail.url, TOCSIN_SMTP_FROM: 'Tocsin <tocsin@clients.test>' });
    onTestFinished(() => tocsin.stop());
    const nora = await addResponder(tocsin, mail, 'Nora Night');
    await pageFor(tocsin, 'CheckoutErrors', nora);
    const shop = await startExporter();
    onTestFinished(() => shop.stop());
    const prometheus = await startPrometheus({ alertmanagerUrl: tocsin.alertmanagerUrl, exporterPort: shop.port });
    onTestFinished(() => prometheus.stop());
    const pageMails = () => mail.mailsTo(nora.email).slice(1);

    shop.errorRatio = 0.124;
    const called = await eventually('a mail that calls', 20_000, () => pageMails()[0]);
    expect(called.subject).toBe('SEV1 CheckoutErrors on shop');
    expect(called.text).toContain('Checkout fails for 12.4%');

    const link = replyLinkIn(called.text);
    const before = await pageOf(tocsin, 'CheckoutErrors');
    expect(before).toMatchObject({ state: 'firing', acknowledgedAt: null, counts: { firing: 1, total: 1 } });
    for (const method of ['GET', 'HEAD', 'GET']) expect((await fetch(link, { method })).status).toBe(200);
    expect(await pageOf(tocsin, 'CheckoutErrors')).toMatchObject({
      state: 'firing',
      acknowledgedAt: null,
      version: before.version,
    });

    expect(await acknowledgeBy(link)).toContain('Acknowledged by you');
    const held = await pageOf(tocsin, 'CheckoutErrors');
    expect(held).toMatchObject({ id: before.id, state: 'acknowledged', holder: { id: nora.id, name: 'Nora Night' } });

    shop.errorRatio = 0;
    await eventually(
      'a resolved page',
      20_000,
      async () => (await pageOf(tocsin, 'CheckoutErrors')).state === 'resolved',
    );
    expect(await pageOf(tocsin, 'CheckoutErrors')).toMatchObject({ id: before.id, counts: { firing: 0 } });
    expect((await fetch(link)).status).toBe(410);

    // What can wait comes a minute after the last message at the earliest.
    const told = await eventually('a mail that says resolved', 80_000, () => pageMails()[1]);
    expect(told.subject).toBe('Resolved: SEV1 CheckoutErrors on shop');

    // It has sent the alert again and again all the while: that called nobody, and opened nothing.
    expect(pageMails()).toHaveLength(2);
    expect((await tocsin.api('GET', '/api/v1/pages?state=all')).items).toHaveLength(1);
    expect(await tocsin.api('GET', '/api/v1/verify')).toMatchObject({ ok: true });
  });
});

/** A shop whose error ratio the test sets. */
async function startExporter() {
  const server = http.createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(`# TYPE checkout_error_ratio gauge\ncheckout_error_ratio ${shop.errorRatio}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const shop = {
    errorRatio: 0,
    port: (server.address() as AddressInfo).port,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  return shop;
}

/**
 * The real thing on a directory that vanishes with it. It gives an alert an end of four times the longer of evaluation
 * interval and resend delay: two seconds let a busy machine stall for eight before the alert would seem to be over.
 */
async function startPrometheus(options: { readonly alertmanagerUrl: string; readonly exporterPort: number }) {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-prometheus-'));
  const { host, pathname } = new URL(options.alertmanagerUrl);
  const every = '500ms';
  // JSON is YAML.
  const config = {
    global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
    rule_files: ['rules.yml'],
    scrape_configs: [{ job_name: 'shop', static_configs: [{ targets: [`127.0.0.1:${options.exporterPort}`] }] }],
    alerting: { alertmanagers: [{ path_prefix: pathname, static_configs: [{ targets: [host] }] }] },
  };
  writeFileSync(join(dir, 'rules.yml'), RULES);
  writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify(config));
  const child = startChild('prometheus', [
    `--config.file=${join(dir, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(dir, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
    '--rules.alert.resend-delay=2s',
  ]);
  const stop = async () => {
    const code = await child.stop();
    rmSync(dir, { recursive: true, force: true });
    if (code !== 0) throw new Error(`Prometheus ended with ${code}:\n${child.said()}`);
  };
  try {
    await child.until(() => child.said().includes('ready to receive web requests'), 20_000);
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
  return { stop };
}
