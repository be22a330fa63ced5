# Querytape in a container. It listens on 127.0.0.1 of the network it runs in, so it needs the host's: see doc/PROJECT.md.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# With scripts: that of the demo's server makes links which the user of the second stage may not make.
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
# The system's ssh is what tunnels by keys and agents run on.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates openssh-client && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN mkdir -m 700 /data && chown node:node /data
USER node
ENV QUERYTAPE_DATA_DIR=/data QUERYTAPE_CONFIG_DIR=/data/config
VOLUME /data
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve", "--no-open"]
