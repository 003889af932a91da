import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Builds to `dist`, which the server serves under a strict CSP: every script and style is a file of our own. */
export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2024',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: { '/api': process.env['TOCSIN_URL'] ?? 'http://127.0.0.1:8080' },
  },
});
