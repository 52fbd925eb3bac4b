import { describe, expect, it } from 'vitest';
import { securityHeaders } from '../../../../src/shared/http/security-headers.js';

describe('the security headers', () => {
  it('are those of Helmet and nothing of a particular answer', async () => {
    const { 'content-security-policy': policy, ...others } = await securityHeaders();
    expect(policy).toMatch(/^default-src 'none';script-src 'self';.*;frame-ancestors 'none';base-uri 'none'$/);
    expect(others).toEqual({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'origin-agent-cluster': '?1',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringMatching(/^max-age=\d+; includeSubDomains$/) as string,
      'x-content-type-options': 'nosniff',
      'x-dns-prefetch-control': 'off',
      'x-download-options': 'noopen',
      'x-frame-options': 'SAMEORIGIN',
      'x-permitted-cross-domain-policies': 'none',
      'x-xss-protection': '0',
    });
  });
});
