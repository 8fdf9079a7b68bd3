{{/* Settings that are no secret, by their name, as texts. The chart's own come first: `config` may overrule them. */}}
{{- define "mock-server.configData" -}}
{{- $own := dict
  "NODE_ENV" "production"
  "HOST" "0.0.0.0"
  "PORT" "4000"
  "WEB_UI_PORT" "4001"
  "DATA_DIR" "/app/data"
  "AUTH" .Values.auth
  "SHUTDOWN_DELAY_MS" (mul (int .Values.shutdown.drainSeconds) 1000)
-}}
{{- if eq .Values.auth "off" }}{{- $_ := set $own "ALLOW_UNAUTHENTICATED" "true" }}{{- end }}
{{- if .Values.hosts.wildcard }}{{- $_ := set $own "WORKSPACE_DOMAIN" .Values.hosts.traffic }}{{- end }}
{{- if eq .Values.database.type "sqlite" }}{{- $_ := set $own "DATABASE_URL" "sqlite:/app/data/mock-server.db" }}{{- end }}
{{- $heap := include "mock-server.maxHeapMiB" . }}
{{- if $heap }}{{- $_ := set $own "NODE_OPTIONS" (printf "--max-old-space-size=%s" $heap) }}{{- end }}
{{- range $name, $value := merge (deepCopy .Values.config) $own }}
{{- if not (kindIs "invalid" $value) }}
{{ $name }}: {{ include "mock-server.text" $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* YAML reads 67108864 as a float, which prints as 6.7108864e+07. */}}
{{- define "mock-server.text" -}}
{{- if kindIs "float64" . -}}{{ if eq (floor .) . }}{{ printf "%.0f" . }}{{ else }}{{ . }}{{ end }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{/* Secret settings that the chart makes a Secret of, in base64. Empty with an existing one. */}}
{{- define "mock-server.secretData" -}}
{{- if not .Values.existingSecret -}}
{{- $data := deepCopy .Values.secrets -}}
{{- if .Values.postgresql.enabled -}}
{{- $_ := set $data "DATABASE_URL" (printf "postgresql://mock:%s@%s-postgresql:5432/mock" (urlquery .Values.postgresql.password | replace "+" "%20") (include "mock-server.fullname" .)) -}}
{{- end -}}
{{- if .Values.redis.enabled -}}
{{- $_ := set $data "REDIS_URL" (printf "redis://:%s@%s-redis:6379/0" (urlquery .Values.redis.password | replace "+" "%20") (include "mock-server.fullname" .)) -}}
{{- end -}}
{{- range $name, $value := $data }}
{{- if ne (toString $value) "" }}
{{ $name }}: {{ include "mock-server.text" $value | b64enc }}
{{- end }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "mock-server.maxHeapMiB" -}}
{{- $given := .Values.maxHeapMiB -}}
{{- if not (kindIs "invalid" $given) -}}
{{- if gt (int $given) 0 }}{{ int $given }}{{ end -}}
{{- else -}}
{{- $limit := toString (dig "limits" "memory" "" .Values.resources) -}}
{{- if regexMatch "^[0-9]+Mi$" $limit -}}{{ div (mul (trimSuffix "Mi" $limit | int) 625) 1000 }}
{{- else if regexMatch "^[0-9]+Gi$" $limit -}}{{ div (mul (trimSuffix "Gi" $limit | int) 1024 625) 1000 }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Every secret setting by its own reference: a key that the Secret lacks leaves the setting unset. */}}
{{- define "mock-server.secretEnv" -}}
{{- $secret := include "mock-server.secretName" . -}}
{{- if $secret }}
{{- range $name := include "mock-server.secretNames" . | splitList " " }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ $name }}
      optional: {{ not (and (eq $name "DATABASE_URL") (eq $.Values.database.type "postgresql")) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "mock-server.secretNames" -}}
{{ .Files.Get "files/secret-settings.txt" | trim | splitList "\n" | join " " }}
{{- end -}}

{{/* Everything after SIGTERM was sent for must fit: the hook, the drain, the longest reply, and a little for closing. */}}
{{- define "mock-server.graceSeconds" -}}
{{- add (int .Values.shutdown.preStopSeconds) (int .Values.shutdown.drainSeconds) (int .Values.shutdown.longestReplySeconds) 10 -}}
{{- end -}}
