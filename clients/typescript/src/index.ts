/** A typed client of the Downbeat API. Paths, parameters, bodies and answers are those of its OpenAPI document. */
import createClient, { type Client, type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema.js";

export type { components, operations, paths } from "./schema.js";

/** A schema of the document by its name: `Schema<"BookingRead">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/** What every refusal is (RFC 9457); branch on `code`. */
export type Problem = Schema<"Problem">;

export type Downbeat = Client<paths>;

export interface Options {
  /** Where the API is: `https://api.example.com`. */
  baseUrl: string;
  /** Asked before each request; null sends it without a log-in. */
  accessToken?: () => string | null;
}

export function createDownbeat({ baseUrl, accessToken = () => null }: Options): Downbeat {
  const client = createClient<paths>({
    baseUrl,
    querySerializer: { array: { style: "form", explode: true } },
  });
  const authentication: Middleware = {
    onRequest({ request }) {
      const token = accessToken();
      if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
      return request;
    },
  };
  client.use(authentication);
  return client;
}

/** A refusal as something to throw: `const rooms = unwrap(await downbeat.GET("/api/v1/rooms"))`. */
export class Refusal extends Error {
  constructor(
    readonly problem: Problem,
    readonly response: Response,
  ) {
    super(problem.detail);
    this.name = "Refusal";
  }

  get code(): string {
    return this.problem.code;
  }
}

/** The answer, or the refusal thrown. */
export function unwrap<Data>(result: { data?: Data; error?: unknown; response: Response }): Data {
  if (!result.response.ok) throw new Refusal(result.error as Problem, result.response);
  return result.data as Data;
}
