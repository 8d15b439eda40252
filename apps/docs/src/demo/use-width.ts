import { onBeforeUnmount, onMounted, type Ref, ref } from 'vue'

/** The width of an element in pixels, followed as it changes; `start` until the page is there. Letters then keep their size on a phone. */
export function useWidth(element: Ref<Element | null>, start: number): Ref<number> {
  const width = ref(start)
  let observer: ResizeObserver | null = null
  onMounted(() => {
    if (element.value === null) return
    observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) width.value = Math.round(entry.contentRect.width)
    })
    observer.observe(element.value)
  })
  onBeforeUnmount(() => observer?.disconnect())
  return width
}
