/** Codes of connections, between servers and of clients: refused, broken, or closed for good reason. */
import type { ErrorCodes } from './error-code.ts';

export const peerCodes = {
  ERR_CONNECTION_REFUSED: {
    meaning: 'Nobody takes the connection.',
    cause: 'The server does not run, or its address is another one.',
    remedy: 'Start it, or correct its address. Servers try again by themselves.',
    outcome: [],
    retryable: true,
  },
  ERR_CONNECTION_CLOSED: {
    meaning: 'The other side closed the connection.',
    cause: 'It stopped or died, or the network between was cut.',
    remedy: 'Nothing: servers and clients connect again by themselves.',
    outcome: [],
    retryable: true,
  },
  ERR_HANDSHAKE_TIMEOUT: {
    meaning: 'The other side took the connection and did not say who it is in time.',
    cause: 'It hangs, or something that is no server of ours listens there.',
    remedy: 'Check that the address is the peer address of the server, not the client address.',
    outcome: [],
    retryable: true,
  },
  ERR_IDLE_TIMEOUT: {
    meaning: 'The other side went silent, so the connection was closed.',
    cause: 'The process is paused, the machine died, or the network drops packets.',
    remedy: 'Look at that server. Servers connect again by themselves.',
    outcome: [],
    retryable: true,
  },
  ERR_PROTOCOL_MISMATCH: {
    meaning: 'The two servers speak different versions of the protocol.',
    cause: 'Versions of Statecraft that are too far apart.',
    remedy: 'Run the same version on all servers.',
    outcome: [],
    retryable: false,
  },
  ERR_BAD_FRAME: {
    meaning: 'A frame of a peer breaks the format, so its connection was closed.',
    cause: 'Something that is no server of ours, another version, or damaged bytes.',
    remedy: 'Check who connects to the peer address, and that all servers have one version.',
    outcome: [],
    retryable: true,
  },
  ERR_BAD_ADDRESS: {
    meaning: 'The address of a peer is not host:port.',
    cause: 'A slip in the list of peers.',
    remedy: 'Write for example 127.0.0.1:7501, or [::1]:7501.',
    outcome: [],
    retryable: false,
  },
  ERR_DUPLICATE_ID: {
    meaning: 'Another process with the same server id is connected already.',
    cause: 'Two servers were started with one id, or one on a copy of a data directory in use.',
    remedy: 'Stop one of them, or give it an id of its own and an empty directory.',
    outcome: [],
    retryable: false,
  },
  ERR_GROUP_MISMATCH: {
    meaning: 'The other server speaks for another Raft group.',
    cause: 'An address of another group, or a version that has more groups than this one.',
    remedy: 'Check the peer addresses, and run the same version on all servers.',
    outcome: [],
    retryable: false,
  },
  ERR_LEASES_MISMATCH: {
    meaning: 'Two servers disagree on leases or, with leases, on the election timeout.',
    cause:
      'One of them was started with another "leases" or "election-timeout"; or the setting is being ' +
      'changed, one server after the other.',
    remedy:
      'Give all servers the same two settings: a lease is safe only while every voter keeps the ' +
      'promise that its leader counts on.',
    outcome: [],
    retryable: false,
  },
  ERR_BOOT_REGRESSED: {
    meaning: 'The server connects with a start that is older than one seen before.',
    cause: 'Its data directory was restored from a backup, so it may have forgotten its votes.',
    remedy: 'Remove it from the cluster, and add it again with an empty directory and a new id.',
    outcome: [],
    retryable: false,
  },
  ERR_INCARNATION_MISMATCH: {
    meaning: 'The other members know the server by another data directory than the one it has.',
    cause: 'Its directory was lost, and with it its votes, or it was started with a wrong one.',
    remedy:
      'If it was lost, start the server with an empty directory, a new id and --join, then run ' +
      '"statecraft member replace OLD NEW ADDRESS". Else start it with the right one; if a member ' +
      'refuses that because it met a wrong one first, stop it, remove its peers.json and start it.',
    outcome: [],
    retryable: false,
  },
  ERR_STRAY_PEER: {
    meaning: 'At the address of a peer a server answers that is not that member any more.',
    cause: 'It was removed, or came back with another data directory. It is sent nothing.',
    remedy:
      'See why it is turned away, which the log of this server says, and what its own log says: stop ' +
      'it, and let a server with an empty directory and a new id take its place.',
    outcome: [],
    retryable: false,
  },
  ERR_REPLACED: {
    meaning: 'The same server connected again, so its older connection was closed.',
    cause: 'It was restarted, or its network came back.',
    remedy: 'Nothing: the new connection serves.',
    outcome: [],
    retryable: true,
  },
  ERR_TOO_MANY_CONNECTIONS: {
    meaning: 'The listener has all the connections that it takes.',
    cause: 'Clients that connect for each request, or that are never stopped.',
    remedy: 'Use one client for a program, and stop it when you are done.',
    outcome: ['not-applied'],
    retryable: true,
  },
  ERR_HOST_REFUSED: {
    meaning: 'The Host header names a host that the listener does not serve.',
    cause: 'A name that points here, or a web page that tries to reach your machine.',
    remedy: 'Use the address, or localhost.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_ORIGIN_REFUSED: {
    meaning: 'A web page of another origin may not use this listener.',
    cause: 'A page that was not served from the very same host and port.',
    remedy: 'Open the page from the address of the node itself, or let your own server ask it.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_NO_SUCH_PATH: {
    meaning: 'Nothing is served at this path.',
    cause: 'A spelling, or the wrong port: peers and clients have a port each.',
    remedy: 'Use one of the paths of docs/http.md.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_TOKEN_REFUSED: {
    meaning: "Stately's inspector came without the token that the node printed.",
    cause: 'The node was started again, which makes a new token, or nobody asked it for one.',
    remedy: 'Use the URL that the node gives now, token included.',
    outcome: [],
    retryable: false,
  },
  ERR_READ_ONLY: {
    meaning: 'A watcher of the inspector sent something, so it was closed.',
    cause: 'A viewer that wants to send events; the inspector only tells.',
    remedy: 'Use a viewer that only watches.',
    outcome: [],
    retryable: false,
  },
  ERR_INSPECT_FAILED: {
    meaning: 'The inspector of a node failed and stopped; the node itself goes on.',
    cause: 'A bug in the inspector.',
    remedy: 'Please report it with the log of the node. Starting the node again brings it back.',
    outcome: [],
    retryable: false,
  },
  ERR_INSPECT_PROTOCOL: {
    meaning: 'The watcher and the node speak different versions of the event stream.',
    cause: 'A page or a program of another version of Statecraft.',
    remedy: 'Use the version of the node, and load the page again.',
    outcome: [],
    retryable: false,
  },
  ERR_NO_WEBSOCKET: {
    meaning: 'The platform has no WebSocket of its own.',
    cause: 'Node before version 22.',
    remedy: 'Pass one, from the package "ws" for example.',
    outcome: [],
    retryable: false,
  },
} satisfies ErrorCodes;
