import { describe, expect, it } from 'vitest';
import { securityHeaders } from '../../../../src/shared/http/security-headers.js';

describe('the security headers', () => {
  it('are those of Helmet, what pages may not use, and nothing of a particular answer', async () => {
    const { 'content-security-policy': policy, ...others } = await securityHeaders();
    expect(policy).toMatch(/^default-src 'none';script-src 'self';.*;frame-ancestors 'none';base-uri 'none'$/);
    expect(others).toEqual({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'origin-agent-cluster': '?1',
      'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-dns-prefetch-control': 'off',
      'x-download-options': 'noopen',
      'x-frame-options': 'DENY',
      'x-permitted-cross-domain-policies': 'none',
      'x-xss-protection': '0',
    });
  });
});
