/** Lines for prometheus.yml that send alerts to an integration's address, its key being part of the path. */
export function prometheusConfig(baseUrl: string): string {
  const url = new URL(baseUrl);
  const prefix = url.pathname.replace(/\/+$/, '');
  return [
    'alerting:',
    '  alertmanagers:',
    `    - scheme: ${url.protocol.replace(':', '')}`,
    ...(prefix === '' ? [] : [`      path_prefix: ${prefix}`]),
    '      static_configs:',
    `        - targets: ['${url.host}']`,
  ].join('\n');
}

/** A command that fires one alert, to see a page travel before anything real does. */
export function testCommand(baseUrl: string): string {
  const alert = [
    {
      labels: { alertname: 'HelloTocsin', severity: 'critical', service: 'hello' },
      annotations: { summary: 'The first alert has arrived' },
    },
  ];
  return [
    `curl -X POST '${baseUrl.replace(/\/+$/, '')}/api/v2/alerts' \\`,
    "  -H 'content-type: application/json' \\",
    `  -d '${JSON.stringify(alert)}'`,
  ].join('\n');
}
