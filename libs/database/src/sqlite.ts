/* eslint-disable @typescript-eslint/no-require-imports -- which of two packages is known only now */
import type Library from 'better-sqlite3';

const [nodeMajor = 0] = process.versions.node.split('.').map(Number);

/**
 * better-sqlite3 12, the last for Node 20, aborts the process on Node 24.19 and later when a statement is collected as garbage: it
 * builds on node::ObjectWrap, whose destructor needs an environment since then. Version 13 builds on Node-API, and needs Node 22.
 */
export const Sqlite: typeof Library = (
  nodeMajor >= 22 ? require('better-sqlite3-node22') : require('better-sqlite3')
) as typeof Library;

export type SqliteConnection = Library.Database;
export type SqliteStatement = Library.Statement;
