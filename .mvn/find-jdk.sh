# Sourced by ./mvnw and ./millrace: points JAVA_HOME at the oldest JDK that is 25 or newer.
# A JAVA_HOME that already qualifies is left alone. Prints nothing when it succeeds.
millrace_jdk_major() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  sed -n 's/^JAVA_VERSION="\([0-9][0-9]*\).*/\1/p' "$1/release"
}
millrace_find_jdk() {
  if [ -n "${JAVA_HOME-}" ]; then
    major=$(millrace_jdk_major "$JAVA_HOME" || true)
    [ -n "$major" ] && [ "$major" -ge 25 ] && return 0
  fi
  best='' best_major=0
  for millrace_jdk in /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/java/* /opt/jdk*; do
    major=$(millrace_jdk_major "$millrace_jdk" || true)
    [ -n "$major" ] && [ "$major" -ge 25 ] || continue
    if [ -z "$best" ] || [ "$major" -lt "$best_major" ]; then best=$millrace_jdk best_major=$major; fi
  done
  if [ -z "$best" ]; then
    echo "Millrace needs a JDK 25 or newer. Install one (Debian: apt-get install temurin-25-jdk or openjdk-25-jdk) or set JAVA_HOME." >&2
    exit 1
  fi
  JAVA_HOME=$best
  export JAVA_HOME
}
millrace_find_jdk
