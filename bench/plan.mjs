// What is measured against what. The members of a group run at the same time, but only one is under load at any moment:
// they take turns, so that a slow minute of the machine hits all of them.

const paths = (contender, size) => ({ contender, kind: 'paths', size });
const fields = (contender, size) => ({ contender, kind: 'fields', size });
const messages = (contender, size) => ({ contender, kind: 'messages', size });
const templated = contender => ({ contender, kind: 'templated', size: 1 });
const turns = contender => ({ contender, kind: 'turns', size: 2 });

const hitsAndMisses = ['static', 'template', 'body', 'miss'];

const completePlan = [
  {
    members: [
      paths('node:http', 10),
      paths('fastify', 10),
      paths('mock-server', 10),
      paths('mock-server', 100_000),
      paths('wiremock', 10),
      paths('mockoon', 10),
    ],
    cases: hitsAndMisses,
    rounds: 5,
    // Two servers' CPU a request is compared to a few per cent: a neighbour of the machine may cost either that much for a round.
    roundsOf: { static: 15 },
    seconds: 2,
  },
  {
    members: [paths('mock-server', 1_000), paths('wiremock', 1_000), paths('mockoon', 1_000)],
    cases: [...hitsAndMisses, 'oldest'],
    rounds: 3,
    seconds: 2,
  },
  { members: [paths('mock-server', 10_000), paths('wiremock', 10_000)], cases: hitsAndMisses, rounds: 3, seconds: 2 },
  {
    members: [
      fields('mock-server', 1),
      fields('mock-server', 1_000),
      fields('wiremock', 1_000),
      fields('mockoon', 1_000),
    ],
    cases: ['field'],
    rounds: 5,
    seconds: 2,
  },
  {
    members: ['node:http', 'mock-server', 'wiremock'].map(templated),
    cases: ['templated'],
    rounds: 5,
    seconds: 2,
  },
  {
    members: ['mock-server', 'wiremock'].flatMap(contender => [messages(contender, 20), messages(contender, 1_000)]),
    cases: ['jsonPath'],
    rounds: 5,
    seconds: 2,
  },
  // Not WireMock, which answers one in a hundred of concurrent steps with 404.
  { members: ['node:http', 'mock-server'].map(turns), cases: ['scenario'], rounds: 5, seconds: 2 },
];

const quickPlan = [
  {
    members: [...completePlan[0].members.filter(member => member.size === 10), paths('mock-server', 1_000)],
    cases: [...hitsAndMisses, 'oldest'],
    rounds: 1,
    seconds: 1,
  },
  ...completePlan.slice(3).map(group => ({ ...group, rounds: 1, seconds: 1 })),
];

/** The groups to measure, without the contenders that `leaveOut` names. */
export function planFor({ isQuick, only, leaveOut }) {
  return (isQuick ? quickPlan : completePlan)
    .map(group => ({
      ...group,
      members: group.members.filter(member => !leaveOut.has(member.contender)),
      cases: group.cases.filter(name => only === undefined || name === only),
      isQuick,
    }))
    .filter(group => group.cases.length > 0);
}
