// Figures in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats).

/** One figure; `labels` are empty or in braces. */
export function metric(
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  samples: readonly (readonly [labels: string, value: number])[],
): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}
