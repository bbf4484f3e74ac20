/** docs/cli/schemas/: the output of each command as JSON Schema. Texts only; main.ts writes them. */
import { z } from 'zod';
import { outputSchemas } from '../cli/output-schemas.ts';

export const schemasFolder = 'docs/cli/schemas';

/** Texts by file name. */
export function schemaPages(): Map<string, string> {
  return new Map(
    Object.entries(outputSchemas).map(([name, schema]) => {
      const command = name.replace('log-', 'log ').replace('config-', 'config ');
      const title =
        name === 'error'
          ? 'What any command writes to stderr with -o json when it fails'
          : `What "statecraft ${command} -o json" writes to stdout`;
      const { $schema, ...rest } = z.toJSONSchema(schema);
      return [`${name}.json`, `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`];
    }),
  );
}
