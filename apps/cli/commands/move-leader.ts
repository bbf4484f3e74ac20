/** `statecraft move-leader [ID]`: hands leadership over; writes wait for it, and none fails. */
import type { Command } from 'commander';
import type { Client, Members } from '../../../actors/client.ts';
import type { StatecraftError } from '../../../actors/errors.ts';
import { addClientOptions, print, withClient, type ClientOptions } from '../client-command.ts';
import { asFailure, failure } from '../failure.ts';
import { examples, type Shell } from '../shell.ts';

export function addMoveLeaderCommand(program: Command, shell: Shell): void {
  const command = program
    .command('move-leader [id]')
    .description('let another server lead: the named one, or whoever is closest behind')
    .addHelpText('after', examples('move-leader', 'move-leader n2 -o json'))
    .action((id: string | undefined, options: ClientOptions) =>
      withClient(shell, options, async (client, signal) => {
        const leader = await client
          .moveLeader(id ?? null, { signal })
          .catch(async (error: unknown) => {
            throw await explained(asFailure(error), id ?? null, client, signal);
          });
        print(shell, options, `OK, ${leader} leads`, { leader });
      }),
    );
  addClientOptions(command);
}

/** The leader says why it leads on; whom it was asked for, and who else there is, the members say. */
async function explained(
  error: StatecraftError,
  id: string | null,
  client: Client,
  signal: AbortSignal,
): Promise<StatecraftError> {
  if (error.code !== 'ERR_TRANSFER_FAILED') return error;
  const members = await client.members({ signal }).catch(() => null);
  const [what, remedy] = (members && reasonFor(members, id)) ?? [null, ''];
  return what === null ? error : failure('ERR_TRANSFER_FAILED', what, remedy);
}

/** What is wrong with `id`, null for anybody, and what to do; null when it could lead. */
function reasonFor({ voters, learners }: Members, id: string | null): [string, string] | null {
  const names = Object.keys(voters);
  if (id !== null && id in learners) {
    const remedy = `Make it a voter first ("statecraft member promote ${id}")`;
    return [`${id} is a learner, so the leader is the same`, remedy];
  }
  if (id !== null && !(id in voters)) {
    return [`${id} is no member, so the leader is the same`, `The voters are ${names.join(', ')}`];
  }
  if (names.length > 1) return null;
  const remedy = 'Add a server first ("statecraft start --join"); it leads on until then';
  return ['The cluster has one voter, so nobody else can lead', remedy];
}
