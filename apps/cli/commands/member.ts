/**
 * `statecraft member list|add|promote|remove|replace`: who takes part, and changes of that (§6).
 *
 * Each change returns when it is committed, and to ask for what is so already succeeds. What may
 * follow what is the leader's to decide; its refusals are exit code 4. See docs/guides/membership.md.
 */
import type { Command } from 'commander';
import type { Client, Members } from '../../../actors/client.ts';
import type { StatecraftError } from '../../../actors/errors.ts';
import { addClientOptions, print, withClient, type ClientOptions } from '../client-command.ts';
import { asFailure, failure } from '../failure.ts';
import { renderMembers } from '../members-table.ts';
import { addressOf } from '../parse/address.ts';
import { examples, type Shell } from '../shell.ts';

/** A server that is added has to catch up first. */
const changeTimeout = '30s';
/** Milliseconds to find out why that was not enough. */
const explainTimeoutMs = 1_000;

interface AddOptions extends ClientOptions {
  readonly learner?: true;
}

export function addMemberCommand(program: Command, shell: Shell): void {
  const member = program
    .command('member')
    .description('list the members of a cluster; add, promote, remove or replace one')
    .addHelpText(
      'after',
      examples('member list', 'member replace n3 n4 127.0.0.1:7504') +
        '\nA new server comes by itself: statecraft start --join ADDRESS\n',
    );
  addList(member, shell);
  addAdd(member, shell);
  addPromote(member, shell);
  addRemove(member, shell);
  addReplace(member, shell);
}

function addList(member: Command, shell: Shell): void {
  const command = member
    .command('list')
    .description('list voters and learners as the leader knows them, the leader with a star')
    .addHelpText('after', examples('member list', 'member list -o json'))
    .action((options: ClientOptions) =>
      withClient(shell, options, async (client, signal) => {
        const members = await client.members({ signal });
        if (options.output === 'json') print(shell, options, '', members);
        else shell.io.out(renderMembers(members));
      }),
    );
  addClientOptions(command);
}

function addAdd(member: Command, shell: Shell): void {
  const command = member
    .command('add <id> <address>')
    .description('add a server by its peer address: a learner first, a voter once it caught up')
    .option('--learner', 'it stays a learner: it is sent the log and does not vote')
    .addHelpText(
      'after',
      examples('member add n4 127.0.0.1:7504', 'member add n4 127.0.0.1:7504 --learner -o json'),
    )
    .action((id: string, address: string, options: AddOptions) => {
      const peer = addressOf('ADDRESS')(address);
      const learner = options.learner === true;
      const what = `${id} is a ${learner ? 'learner' : 'voter'}`;
      const done = (before: Members): string => what + moved(before, id, peer);
      return change(shell, options, id, done, (client, more) =>
        client.memberAdd(id, peer, { learner, ...more }),
      );
    });
  addClientOptions(command, changeTimeout);
}

function addPromote(member: Command, shell: Shell): void {
  addOfMember(member, shell, {
    name: 'promote',
    description: 'make a learner a voter once it has caught up',
    shown: ['member promote n4', 'member promote n4 --timeout 2m -o json'],
    done: 'is a voter',
    work: (client, id, more) => client.memberPromote(id, more),
  });
}

function addRemove(member: Command, shell: Shell): void {
  addOfMember(member, shell, {
    name: 'remove',
    description: 'remove a server, the leader too; its id is never used again',
    shown: ['member remove n3', 'member remove n3 -o json'],
    done: 'is removed',
    work: (client, id, more) => client.memberRemove(id, more),
  });
}

/** A change of a server that takes part already. */
interface OfMember {
  readonly name: string;
  readonly description: string;
  /** Examples. */
  readonly shown: readonly string[];
  /** What is said of it afterwards. */
  readonly done: string;
  readonly work: (client: Client, id: string, options: { signal: AbortSignal }) => Promise<Members>;
}

function addOfMember(
  member: Command,
  shell: Shell,
  { name, description, shown, done, work }: OfMember,
): void {
  const command = member
    .command(`${name} <id>`)
    .description(description)
    .addHelpText('after', examples(...shown))
    .action((id: string, options: ClientOptions) =>
      change(
        shell,
        options,
        id,
        () => `${id} ${done}`,
        (client, more) => work(client, id, more),
      ),
    );
  addClientOptions(command, changeTimeout);
}

function addReplace(member: Command, shell: Shell): void {
  const command = member
    .command('replace <old> <new> <address>')
    .description('add a server and remove another in one change')
    .addHelpText(
      'after',
      examples(
        'member replace n3 n4 127.0.0.1:7504',
        'member replace n3 n4 127.0.0.1:7504 --timeout 2m -o json',
      ),
    )
    .action((old: string, id: string, address: string, options: ClientOptions) => {
      const peer = addressOf('ADDRESS')(address);
      const done = (before: Members): string => `${id} replaces ${old}` + moved(before, id, peer);
      return change(shell, options, id, done, (client, more) =>
        client.memberReplace(old, id, peer, more),
      );
    });
  addClientOptions(command, changeTimeout);
}

/** A member that is added with another address is sent everything there from now on: that is told. */
function moved({ voters, outgoing, learners }: Members, id: string, peer: string): string {
  const was = { ...learners, ...outgoing, ...voters }[id] ?? peer;
  return was === peer ? '' : `, at ${peer} from now on and no longer at ${was}`;
}

/** One change, about `id`; `done` says in words what is then so, given who took part before. */
function change(
  shell: Shell,
  options: ClientOptions,
  id: string,
  done: (before: Members) => string,
  work: (client: Client, options: { signal: AbortSignal }) => Promise<Members>,
): Promise<void> {
  const asked = async (client: Client, signal: AbortSignal): Promise<void> => {
    try {
      const before = await client.members({ signal });
      const members = await work(client, { signal });
      const voters = Object.keys(members.voters).join(', ');
      print(shell, options, `OK, ${done(before)}; voters: ${voters}`, members);
    } catch (error) {
      throw await explained(asFailure(error), id, client, signal);
    }
  };
  return withClient(shell, options, asked, changeTimeout);
}

/** Patience is over: a server that is a learner by now is the reason, and not the cluster. */
async function explained(
  error: StatecraftError,
  id: string,
  client: Client,
  signal: AbortSignal,
): Promise<StatecraftError> {
  if (error.code !== 'ERR_TIMEOUT') return error;
  const now = await client.members({ signal, timeoutMs: explainTimeoutMs }).catch(() => null);
  if (now === null || !(id in now.learners)) return error;
  return failure(
    'ERR_NOT_CAUGHT_UP',
    `${id} has not caught up yet. It is a learner, and the leader goes on for a while`,
    'See that it runs and is reached at its address, then look at "statecraft member list"',
  );
}
