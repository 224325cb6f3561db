/** The names of the catalogue; the package is built with each of them written out. */

import type { Operation } from "./operation.js";

/** A resource and its operations. */
export type Resource = { readonly [operation: string]: Operation };

/** The services of the platform: service, version, resource, operation. */
export type Api = { readonly [service: string]: { readonly [version: string]: { readonly [resource: string]: Resource } } };
