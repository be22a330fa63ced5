// Dialogs, and what the page shows only on demand: loaded right after the first paint, so that each is there at once and none delays the page.
import '../app/qt-orphans.ts';
import '../bundle/qt-bundle.ts';
import '../catalogue/qt-ddl.ts';
import '../metrics/qt-metrics.ts';
import '../replay/qt-replay.ts';
import '../tape/qt-blockers.ts';
import '../tape/qt-diagnosis.ts';
import './qt-connection-dialog.ts';
import './qt-danger-dialog.ts';
import './qt-history-dialog.ts';
import './qt-host-key-dialog.ts';
import './qt-password-dialog.ts';
import './qt-settings.ts';
import './qt-shortcuts.ts';
import './qt-tunnel-prompt-dialog.ts';
import './qt-vault-dialog.ts';
