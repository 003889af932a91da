import { expect, test } from 'vitest';
import { prometheusConfig, testCommand } from './connect-view.ts';

test('the address becomes scheme, prefix and target, as Prometheus wants them', () => {
  expect(prometheusConfig('https://tocsin.example.org:8443/in/abc123/')).toBe(`alerting:
  alertmanagers:
    - scheme: https
      path_prefix: /in/abc123
      static_configs:
        - targets: ['tocsin.example.org:8443']`);
  expect(prometheusConfig('http://127.0.0.1:8080')).not.toContain('path_prefix');
});

test('the command posts one alert to the v2 API, in quotes that a shell leaves alone', () => {
  const command = testCommand('http://127.0.0.1:8080/in/k/');
  expect(command).toContain("curl -X POST 'http://127.0.0.1:8080/in/k/api/v2/alerts'");
  const body = /-d '(.*)'$/.exec(command)?.[1] ?? '';
  expect(JSON.parse(body)).toMatchObject([{ labels: { severity: 'critical' } }]);
});
