/**
 * `statecraft config print`: every setting, its value, and which source won: flag, environment, file
 * or default. Takes the flags of `start` and of the client commands, so that one can try.
 * `statecraft config init`: a file with all of them to begin with; it overwrites nothing.
 */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { settingNames, type SettingName } from '../config/settings.ts';
import { addSettings, resolveSettings, type Flags, type Resolved } from '../config/resolve.ts';
import { sampleConfig } from '../config/sample.ts';
import { unknownVariables } from '../config/unknown-variables.ts';
import { invalidArgument } from '../failure.ts';
import { examples, outputOption, type Shell } from '../shell.ts';
import { renderTable } from '../table.ts';

/** Where `init` writes unless told. */
const defaultFile = 'statecraft.yaml';

interface InitOptions {
  readonly output: 'text' | 'json';
}

export function addConfigCommand(program: Command, shell: Shell): void {
  const config = program
    .command('config')
    .description('show the settings, and where each comes from: flag, environment, file or default')
    .addHelpText(
      'after',
      '\nFlags win over STATECRAFT_… variables, those over the file of --config, that over defaults.\n' +
        'A file is YAML or JSON with the names of the flags:\n\n' +
        '  id: n1\n  data-dir: ./n1\n  client: 127.0.0.1:7401\n' +
        '  peers: { n1: 127.0.0.1:7501, n2: 127.0.0.1:7502, n3: 127.0.0.1:7503 }\n' +
        examples('config init n1.yaml', 'config print --config n1.yaml --id n2 -o json'),
    );
  const print = config
    .command('print')
    .description('print every setting with its value and its source')
    .addOption(outputOption())
    .addHelpText('after', examples('config print', 'config print --config n1.yaml -o json'))
    .action(async (flags: Flags) => {
      const found = await resolveSettings(settingNames, flags, shell);
      const ignored = unknownVariables(shell.io.env);
      if (flags['output'] === 'json') {
        const rows = settingNames.map((name) => asJson(name, found));
        shell.io.out(`${JSON.stringify({ settings: rows, ignored })}\n`);
        return;
      }
      const rows = settingNames.map((name) => asRow(name, found));
      shell.io.out(renderTable(['SETTING', 'VALUE', 'FROM'], rows));
      for (const variable of ignored) shell.io.err(`${variable} is no setting, and is ignored.\n`);
    });
  addSettings(print, settingNames);
  config
    .command('init [file]')
    .description(`write a commented file with every setting (default ${defaultFile})`)
    .addOption(outputOption())
    .addHelpText('after', examples('config init', 'config init n1.yaml -o json'))
    .action((file: string | undefined, options: InitOptions) =>
      init(file ?? defaultFile, options, shell),
    );
}

/** Rejects with ERR_INVALID_ARGUMENT when there is something already, or no way to write there. */
async function init(file: string, { output }: InitOptions, { io }: Shell): Promise<void> {
  try {
    await writeFile(file, sampleConfig(), { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const how = 'Give the path of a new file';
    if (code === 'EEXIST') throw invalidArgument(`${file} exists, and was left as it is`, how);
    throw invalidArgument(`${file} cannot be written (${code ?? String(error)})`, how);
  }
  const next = `Wrote ${file}. Edit it, then: statecraft start --config ${file}`;
  io.out(output === 'json' ? `${JSON.stringify({ file })}\n` : `${next}\n`);
}

function asRow(name: SettingName, found: readonly Resolved[]): string[] {
  const one = found.find((each) => each.name === name);
  return one === undefined ? [name, '-', 'not set'] : [name, one.text, one.origin];
}

function asJson(name: SettingName, found: readonly Resolved[]): object {
  const one = found.find((each) => each.name === name);
  if (one === undefined) return { name, value: null, source: null, origin: null };
  return { name, value: one.value, source: one.source, origin: one.origin };
}
