import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import '#ui/tokens.css';
import '#ui/base.css';
import '#ui/parts.css';
import '#ui/list.css';
import '#ui/shell.css';

const place = document.getElementById('app');
if (place)
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
