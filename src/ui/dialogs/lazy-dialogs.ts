// What is seldom opened: loaded once the page is there.
import './qt-connection-dialog.ts';
import './qt-history-dialog.ts';
import './qt-password-dialog.ts';
import './qt-settings.ts';
import './qt-vault-dialog.ts';
