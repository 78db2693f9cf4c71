"""What a preview changes, for those who review it: read from Pulumi's digest, judged, and written as Markdown or as a
page. Nothing here knows pulumi, and nothing is asked of anybody.
"""
