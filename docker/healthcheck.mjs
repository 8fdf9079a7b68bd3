// The image's health check: exit code 0 when the process turns. Asks liveness, not readiness: a container that waits for its
// database must not be restarted for it.
const port = process.env.WEB_UI_PORT || 4001;

try {
  const answer = await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(4_000) });
  process.exit(answer.ok ? 0 : 1);
} catch (error) {
  console.error(`No answer on port ${port}: ${error.cause?.code ?? error.message}`);
  process.exit(1);
}
