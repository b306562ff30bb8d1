#!/bin/sh
# Makes static/app.css, static/icons.svg and the vendored files anew. For whoever changes the styles, the icons or a
# version; needs Node 20 and npm. The results are committed, so nobody else needs either.
#
#   static/src/build.sh          everything
#   static/src/build.sh styles   static/app.css alone
#   static/src/build.sh watch    static/app.css at every change of a template or style
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work="$root/var/styles"  # node_modules stay out of static/, where they would be served
mkdir -p "$work"
cp "$here/package.json" "$here/package-lock.json" "$work/"
if ! cmp -s "$here/package-lock.json" "$work/node_modules/.installed"; then
    # Not `npm ci`: the lock holds the compiler for the platforms it was written on, others are added in $work only.
    (cd "$work" && npm install --ignore-scripts --no-audit --no-fund)
    cp "$here/package-lock.json" "$work/node_modules/.installed"
fi
styles() {
    NODE_PATH="$work/node_modules" "$work/node_modules/.bin/tailwindcss" \
        --input "$here/app.pcss" --output "$root/static/app.css" --minify "$@"
}
case "${1:-all}" in
    styles) styles ;;
    watch) styles --watch ;;
    all)
        node "$here/vendor.mjs" "$work/node_modules" "$root"
        styles
        ;;
    *) echo "usage: $0 [all|styles|watch]" >&2; exit 2 ;;
esac
