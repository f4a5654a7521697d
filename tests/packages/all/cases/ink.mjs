import React, { useState, useEffect } from 'react';
import { render, Text, Box } from 'ink';
const App = () => { const [n, set] = useState(0); useEffect(() => { if (n < 2) { const t = setTimeout(() => set(n + 1), 5); return () => clearTimeout(t); } }, [n]); return React.createElement(Box, { borderStyle: 'round', width: 20 }, React.createElement(Text, { color: 'green' }, `count ${n}`)); };
const app = render(React.createElement(App), { debug: true }); setTimeout(() => app.unmount(), 300); await app.waitUntilExit();
