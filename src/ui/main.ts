import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './tokens.css';
import { showChosenTheme } from './app/theme.ts';
import './app/qt-app.ts';

showChosenTheme();
