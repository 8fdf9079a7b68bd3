{{/*
The name of all objects: the release's and the chart's, once where one holds the other. At most 40 characters, so that every
suffix fits into 63 and a CronJob's into 52. What had to be cut or rewritten ends in a few characters of its own, so that two
releases never meet at one name.
*/}}
{{- define "mock-server.fullname" -}}
{{- $chart := default .Chart.Name .Values.nameOverride -}}
{{- $full := .Values.fullnameOverride -}}
{{- if not $full -}}
{{- $full = ternary .Release.Name (printf "%s-%s" .Release.Name $chart) (contains $chart .Release.Name) -}}
{{- end -}}
{{- include "mock-server.dnsLabel" (dict "text" $full "max" 40) -}}
{{- end -}}

{{- define "mock-server.dnsLabel" -}}
{{- $clean := regexReplaceAll "[^a-z0-9-]" (lower .text) "-" | trimAll "-" -}}
{{- if not (regexMatch "^[a-z]" $clean) -}}
{{- $clean = printf "m-%s" $clean -}}
{{- end -}}
{{- if or (ne $clean .text) (gt (len $clean) (int .max)) -}}
{{- $clean = printf "%s-%s" (trunc (int (sub .max 7)) $clean | trimSuffix "-") (sha256sum .text | trunc 6) -}}
{{- end -}}
{{- $clean -}}
{{- end -}}

{{/* Labels that select: they never change during a release's life. Give the context and a component. */}}
{{- define "mock-server.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ include "mock-server.fullname" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "mock-server.labels" -}}
{{ include "mock-server.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "mock-server.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "mock-server.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "mock-server.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* The Secret that the server's secret settings come from; empty when there is none. */}}
{{- define "mock-server.secretName" -}}
{{- if .Values.existingSecret -}}
{{ .Values.existingSecret }}
{{- else if include "mock-server.secretData" . -}}
{{ include "mock-server.fullname" . }}
{{- end -}}
{{- end -}}
