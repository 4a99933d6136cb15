// Made from the command line by `UPDATE_DOCS=1 cargo test --test integration descriptors`.
process LANDMARK_SOFTARGMAX {
    tag "$meta.id"
    label 'process_low'

    // Build it from packaging/container/Containerfile.shell: no registry has it yet.
    container "softargmax-shell:0.1.0"

    input:
    tuple val(meta), path(heatmaps), path(reference), path(mask), path(labels), path(calibration)

    output:
    tuple val(meta), path("*__landmarks.*"), emit: landmarks
    path "versions.yml"                    , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def prefix = task.ext.prefix ?: "${meta.id}"
    def format = task.ext.format ?: "csv"
    def extension = format == "slicer-json" ? "mrk.json" : format
    def quoted = { value -> "'" + value.toString().replace("'", "'\\''") + "'" }
    // Options of `softargmax decode` by their names, with _ in place of -.
    def valued = [
        'method', 'temperature', 'coords', 'fail_on', 'radius', 'activation',
        'beta', 'peaks', 'min_distance', 'threshold', 'layout', 'affine',
        'spacing', 'key', 'stride', 'crop_origin', 'channels', 'expect_channels',
        'average', 'unflip', 'label_names', 'path_regex', 'region', 'norm',
        'order', 'frame', 'png', 'line_per', 'digits', 'max_failures',
        'max_landmarks'
    ]
    def flags = [
        'compare', 'uncertainty', 'ignore_nan', 'stack', 'stats', 'quiet',
        'verbose'
    ]
    def options = []
    valued.each { name -> if (task.ext[name] != null) options += ["--${name.replace('_', '-')} ${quoted(task.ext[name])}"] }
    flags.each { name -> if (task.ext[name]) options += ["--${name.replace('_', '-')}"] }
    if (reference) options += ["--reference ${quoted(reference)}"]
    if (mask) options += ["--mask ${quoted(mask)}"]
    if (labels) options += ["--labels ${quoted(labels)}"]
    if (calibration) options += ["--calibration ${quoted(calibration)}"]
    def inputs = (heatmaps instanceof List ? heatmaps : [heatmaps]).collect { file -> quoted(file) }.join(" ")

    """
    softargmax decode ${inputs} --format ${format} --output ${quoted(prefix + "__landmarks." + extension)} \\
        --threads ${task.cpus} --progress never ${options.join(" ")}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        softargmax: \$(softargmax --version | cut -d' ' -f2)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    def format = task.ext.format ?: "csv"
    def extension = format == "slicer-json" ? "mrk.json" : format
    def quoted = { value -> "'" + value.toString().replace("'", "'\\''") + "'" }

    """
    softargmax decode --help
    touch ${quoted(prefix + "__landmarks." + extension)}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        softargmax: \$(softargmax --version | cut -d' ' -f2)
    END_VERSIONS
    """
}
