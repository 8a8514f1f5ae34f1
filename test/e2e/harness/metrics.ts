const SAMPLE = /^hearsay_(\w+(?:\{.*\})?) (\S+)$/;

/**
 * Reads what a daemon serves at `/metrics`: name without `hearsay_`, labels in braces, to value.
 */
export const readMetrics = async (address: string): Promise<Map<string, number>> => {
  const response = await fetch(`http://${address}/metrics`);
  if (!response.ok) throw new Error(`metrics: HTTP ${response.status}`);
  const samples = new Map<string, number>();
  for (const line of (await response.text()).split('\n')) {
    const [, name, value] = SAMPLE.exec(line) ?? [];
    if (name !== undefined) samples.set(name, Number(value));
  }
  return samples;
};
