// vitest 5 is made for Node 22: what its reporters and its watch mode use of it, for Node 20.
Map.groupBy ??= (items, key) => {
  const groups = new Map()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}
Object.groupBy ??= (items, key) => Object.fromEntries(Map.groupBy(items, key))
Promise.withResolvers ??= () => {
  const resolvers = {}
  resolvers.promise = new Promise((resolve, reject) => Object.assign(resolvers, { resolve, reject }))
  return resolvers
}
