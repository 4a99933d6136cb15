// Made from the command line by `UPDATE_DOCS=1 cargo test --test integration descriptors`.
process LANDMARK_SOFTARGMAX {
    tag "$meta.id"
    label 'process_low'

    // Build it from packaging/container/Containerfile.shell: no registry has it yet.
    container "softargmax-shell:@VERSION@"

    input:
    tuple val(meta), path(heatmaps), @INPUTS@

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
        @VALUED@
    ]
    def flags = [
        @FLAGS@
    ]
    def options = []
    valued.each { name -> if (task.ext[name] != null) options += ["--${name.replace('_', '-')} ${quoted(task.ext[name])}"] }
    flags.each { name -> if (task.ext[name]) options += ["--${name.replace('_', '-')}"] }
@STAGED@
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
