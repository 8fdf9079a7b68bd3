export { openLogs, type Logs } from './logger';
