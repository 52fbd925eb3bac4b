import type { z } from 'zod';

/** What the rules see of an order. */
export interface JudgedOrder {
  /** State code in upper case. */
  readonly state: string;
  /** Digits in the zip code. */
  readonly zipcodeLength: number;
  /** Sum of the zip code's digits. */
  readonly zipcodeSum: number;
  /** Where the e-mail stands, as it came. */
  readonly bytes: Uint8Array;
  readonly emailStart: number;
  readonly emailEnd: number;
  /** The same as text, bytes beyond ASCII as Latin-1 characters. It is made when it is asked for. */
  readonly email: string;
  /** Year * 10000 + month * 100 + day. */
  readonly birthday: number;
}

/** A business rule: a code, its parameters with defaults, and how an order breaks it. */
export interface Rule<Code extends string = string, Params extends object = object> {
  readonly code: Code;
  /** The parameters with their defaults. Strict: an unknown key is refused. */
  readonly params: z.ZodType<Params>;
  /**
   * Makes the parameters into a check. Called once for each import, so that a check may prepare what it needs.
   *
   * @param acceptedAt when the import was accepted
   * @returns whether an order breaks the rule
   */
  breaks(params: Params, acceptedAt: Date): (order: JudgedOrder) => boolean;
}

/** Declares a rule, so that its code and parameters keep their types. */
export const rule = <Code extends string, Params extends object>(definition: Rule<Code, Params>): Rule<Code, Params> =>
  definition;
