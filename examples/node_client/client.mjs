// A client of FlowISO's HTTP door in Node 20, without a dependency: a dossier from receipt to return.
//   FLOWISO_URL=http://127.0.0.1:8000 FLOWISO_KEY=flowiso_... node client.mjs PROCEDURE RECEIVER

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const base = process.env.FLOWISO_URL ?? "http://127.0.0.1:8000";
const key = process.env.FLOWISO_KEY;

/** A problem of RFC 9457, by its code. */
class Problem extends Error {
  constructor(told) {
    super(told.detail);
    Object.assign(this, told);
  }
}

/** A request; a POST goes under one idempotency key however often it is sent, so that it is done once. */
async function ask(method, path, { body, match } = {}) {
  const headers = { Authorization: `Bearer ${key}`, "Accept-Language": "en" };
  if (body) Object.assign(headers, { "Content-Type": "application/json", "Idempotency-Key": randomUUID() });
  if (match) headers["If-Match"] = match;
  const sent = { method, headers, body: body && JSON.stringify(body), redirect: "error" };
  for (let tries = 1; ; tries += 1) {
    let answer;
    try {
      answer = await fetch(base + path, { ...sent, signal: AbortSignal.timeout(10_000) });
    } catch (error) {
      if (tries === 5) throw error;
    }
    if (answer?.ok) return { told: await answer.json(), tag: answer.headers.get("ETag") };
    if (answer && ![429, 503].includes(answer.status)) throw new Problem(await answer.json());
    if (answer && tries === 5) throw new Problem(await answer.json());
    await sleep(1000 * Number(answer?.headers.get("Retry-After") ?? 2 ** tries * 0.1));
  }
}

const dossierPath = (number) => `/v1/dossiers/${encodeURIComponent(number)}`;

/** What its holder does with it next, on the way to a result: the first action, to the first account that fits. */
function next(dossier) {
  const [action] = dossier.actions;
  const [account] = action.accounts;
  return { action: action.action, by: dossier.holder, ...(account && { to: account.id }) };
}

async function main(procedure, receiver) {
  let { told, tag } = await ask("POST", "/v1/dossiers", { body: { procedure, by: receiver } });
  const number = told.number;
  console.log(`${number}  received, due ${told.due}`);

  try {
    await ask("POST", `${dossierPath(number)}/moves`, { body: { action: "no-such-action", by: receiver } });
  } catch (problem) {
    console.log(`${number}  refused: ${problem.status} ${problem.code}`);
  }

  for (let steps = 0; !told.ended && steps < 30; steps += 1) {
    ({ told, tag } = await ask("POST", `${dossierPath(number)}/moves`, { body: next(told), match: tag }));
    console.log(`${number}  ${told.status} ${told.step}`);
  }
  if (!told.ended) throw new Error("it came to no end");
  console.log(`${number}  returned`);
}

await main(...process.argv.slice(2)).catch((error) => {
  console.error(error.code ?? error.cause?.code ?? error.name, error.message);
  process.exitCode = 1;
});
