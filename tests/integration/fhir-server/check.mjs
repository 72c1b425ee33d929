// Checks bundles with HL7's JSON schema (ajv) and every error invariant of the definitions
// (HL7's and NLM's fhirpath.js). Prints one line per problem; exit code 1 when there is one.
// Usage: node check.mjs 4.0|5.0 FILE...
import fs from 'node:fs';
import Ajv from 'ajv';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4/index.js';
import r5 from 'fhirpath/fhir-context/r5/index.js';
import { jsonSchema, structures } from './definitions.mjs';

const [version, ...files] = process.argv.slice(2);
const model = version === '5.0' ? r5 : r4;
const problems = [];

// --- JSON schema: resource by resource, so that paths are readable -------------------------
const schema = jsonSchema(version);
schema.$id = schema.id;
for (const key of ['id', 'oneOf', 'discriminator', '$schema']) delete schema[key];
schema.definitions.ResourceList = { type: 'object', required: ['resourceType'] };
const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false, logger: false });
ajv.addSchema(schema, 'fhir');
const compiledSchemas = new Map();

function checkSchema(resource, place) {
  const type = resource.resourceType;
  if (!schema.definitions[type]) return problems.push(`${place}: unknown type ${type}`);
  if (!compiledSchemas.has(type)) {
    compiledSchemas.set(type, ajv.compile({ $ref: `fhir#/definitions/${type}` }));
  }
  const valid = compiledSchemas.get(type);
  if (valid(resource)) return undefined;
  for (const e of valid.errors) {
    problems.push(`${place}${e.instancePath}: schema: ${e.message} ${JSON.stringify(e.params)}`);
  }
  return undefined;
}

// --- invariants ----------------------------------------------------------------------------
const byType = new Map(structures(version).map((d) => [d.type, d]));
const childrenOf = new Map();
const compiled = new Map();
let bundle;

function children(definition, path) {
  const key = `${definition.url} ${path}`;
  if (!childrenOf.has(key)) {
    const below = new RegExp(`^${path.replaceAll('.', '\\.')}\\.[^.]+$`);
    childrenOf.set(key, definition.snapshot.element.filter((e) => below.test(e.path)));
  }
  return childrenOf.get(key);
}

function resolve(references) {
  return references.flatMap((reference) => {
    const url = typeof reference === 'string' ? reference : reference?.reference;
    return (bundle.entry ?? [])
      .filter((e) => e.fullUrl === url || `${e.resource?.resourceType}/${e.resource?.id}` === url)
      .map((e) => e.resource);
  });
}
const userInvocationTable = { resolve: { fn: resolve, arity: { 0: [] } } };

function holds(constraint, node, type, resource) {
  // as() on a collection (dom-3 of R4) is an error in strict FHIRPath; ofType() is meant
  const expression = constraint.expression.replace(/descendants\(\)\.as\(/g, 'descendants().ofType(');
  const key = `${type} ${expression}`;
  if (!compiled.has(key)) {
    const options = { async: false, traceFn: () => {}, userInvocationTable };
    compiled.set(key, fhirpath.compile({ base: type, expression }, model, options));
  }
  const result = compiled.get(key)(node, { resource, rootResource: resource, context: node });
  return !(result.length === 1 && result[0] === false);
}

function checkElement(element, node, type, place, resource, seen) {
  for (const constraint of element.constraint ?? []) {
    if (constraint.severity !== 'error' || !constraint.expression || seen.has(constraint.key)) continue;
    seen.add(constraint.key);
    try {
      if (!holds(constraint, node, type, resource)) {
        problems.push(`${place}: ${constraint.key}: ${constraint.human}`);
      }
    } catch (error) {
      problems.push(`${place}: ${constraint.key}: cannot be evaluated: ${error.message.slice(0, 200)}`);
    }
  }
}

function checkType(type, node, place, resource, seen = new Set()) {
  const definition = byType.get(type);
  if (!definition) return problems.push(`${place}: unknown type ${type}`);
  checkElement(definition.snapshot.element[0], node, type, place, resource, seen);
  return checkChildren(definition, type, node, place, resource);
}

function checkChildren(definition, path, node, place, resource) {
  for (const element of children(definition, path)) {
    const name = element.path.slice(path.length + 1);
    const choices = name.endsWith('[x]')
      ? element.type.map((t) => [name.slice(0, -3) + t.code[0].toUpperCase() + t.code.slice(1), t.code])
      : [[name, element.type?.[0]?.code]];
    for (const [key, code] of choices) {
      const values = node[key] === undefined ? [] : [node[key]].flat();
      values.forEach((value, i) => {
        const at = `${place}.${key}${Array.isArray(node[key]) ? `[${i}]` : ''}`;
        checkValue(definition, element, code, value, at, resource);
      });
    }
  }
}

function checkValue(definition, element, code, value, at, resource) {
  if (value === null || typeof value !== 'object') return;
  if (value.resourceType) {
    checkType(value.resourceType, value, at, value);
  } else if (element.contentReference) {
    checkChildren(definition, element.contentReference.split('#')[1], value, at, resource);
  } else if (children(definition, element.path).length) {
    checkElement(element, value, element.path, at, resource, new Set());
    checkChildren(definition, element.path, value, at, resource);
  } else if (code && /^[A-Z]/.test(code)) {
    const seen = new Set();
    checkElement(element, value, code, at, resource, seen);
    checkType(code, value, at, resource, seen);
  }
}

for (const file of files) {
  const before = problems.length;
  bundle = JSON.parse(fs.readFileSync(file, 'utf8'));
  checkSchema(bundle, 'Bundle');
  for (const [i, entry] of (bundle.entry ?? []).entries()) {
    checkSchema(entry.resource, `Bundle.entry[${i}].resource`);
  }
  checkType('Bundle', bundle, 'Bundle', bundle);
  for (const problem of problems.slice(before)) console.log(`${file}: ${problem}`);
}
process.exit(problems.length ? 1 : 0);
