/** A configuration file to begin with: every setting, its default or an example, and what it is. */
import { settingNames, settings, variableOf, type SettingName } from './settings.ts';

/** For the settings without a default: those of the first of three servers on one machine. */
const example: Partial<Record<SettingName, string>> = {
  id: 'n1',
  'data-dir': './n1',
  client: '127.0.0.1:7401',
  peers: '{ n1: 127.0.0.1:7501, n2: 127.0.0.1:7502, n3: 127.0.0.1:7503 }',
};

/** Most servers do without. */
const commentedExample: Partial<Record<SettingName, string>> = {
  join: '[127.0.0.1:7401, 127.0.0.1:7402]',
};

/** YAML. What has a default is commented out, so that the file says only what was decided. */
export function sampleConfig(): string {
  const parts = settingNames.map((name) => {
    const { description, default: usual } = settings[name];
    const spare = commentedExample[name] ?? (usual === null ? null : asYaml(usual));
    const set = spare === null ? `${name}: ${example[name] ?? ''}` : `# ${name}: ${spare}`;
    return `\n# ${description} (${variableOf(name)})\n${set}\n`;
  });
  const head =
    '# One server of a cluster: statecraft start --config FILE\n' +
    '# Flags and STATECRAFT_… variables win over this file; "statecraft config print" shows which.\n';
  return head + parts.join('');
}

function asYaml(text: string): string {
  return text.includes(',') ? `[${text.replaceAll(',', ', ')}]` : text;
}
