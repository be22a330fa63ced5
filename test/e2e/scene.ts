import { Client } from '../../src/main/client.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

/** The passphrase of a scene's vault. */
const PASSPHRASE = 'copper tidal raven mosaic';

/** A program with the demo and a page of it, on which places are shown one after the other. */
export class Scene {
  /** A fresh data folder, which ends with the scene. */
  readonly folder = dataFolder();
  private started!: Started;
  private page!: OpenPage;
  private api!: Client;
  private readonly ends: (() => unknown)[] = [];

  private constructor() {}

  static async start(): Promise<Scene> {
    const scene = new Scene();
    await scene.run();
    return scene;
  }

  get program(): Started {
    return this.started;
  }

  get open(): OpenPage {
    return this.page;
  }

  get client(): Client {
    return this.api;
  }

  /** Ends something with the scene, the latest first. */
  atEnd(end: () => unknown): void {
    this.ends.unshift(end);
  }

  /** Kills the program with all that runs, starts it again on the same data and opens the page. */
  async crash(): Promise<void> {
    await this.page.close();
    await this.started.kill();
    await this.run();
  }

  /** Creates the vault where there is none yet, and unlocks it. */
  async withVault(): Promise<void> {
    const { state } = (await (await this.api.get('/api/vault')).json()) as { state: string };
    if (state === 'absent')
      await this.api.command({ type: 'vault.create', protection: { passphrase: PASSPHRASE } });
    if (state === 'locked') await this.api.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
  }

  async end(): Promise<void> {
    await this.page?.close();
    await this.started?.stop();
    for (const end of this.ends) await end();
    removeFolder(this.folder);
  }

  private async run(): Promise<void> {
    this.started = await startQuerytape(this.folder, ['--demo']);
    this.api = new Client(this.started.url);
    this.page = await OpenPage.open(this.started.url);
  }
}
